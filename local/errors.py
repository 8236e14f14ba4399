"""Every error of the embedded stack.

HeadwaterError
└── LocalError
    ├── MissingTool      a program that the machine must bring is not there, or too old
    ├── PortTaken        a port that a part needs is in use by somebody else
    ├── DiskFull         too little free disk to start
    ├── StackBusy        another `up` or `down` of this stack is at work
    ├── PartFailed       a part died or did not answer in time
    ├── DownloadFailed   a file could not be fetched, or is not the one that was locked
    └── AirflowFailed    Airflow refused a call, or a DAG run failed
"""

from include.errors import HeadwaterError


class LocalError(HeadwaterError):
    """The embedded stack cannot do what was asked."""


class MissingTool(LocalError):
    """A program that the machine must bring is not there, or too old."""


class PortTaken(LocalError):
    """A port that a part needs is in use by somebody else."""


class DiskFull(LocalError):
    """Too little free disk to start."""


class StackBusy(LocalError):
    """Another `up` or `down` of this stack is at work."""


class PartFailed(LocalError):
    """A part died or did not answer in time."""


class DownloadFailed(LocalError):
    """A file could not be fetched, or is not the one that was locked."""


class AirflowFailed(LocalError):
    """Airflow refused a call, or a DAG run failed."""
