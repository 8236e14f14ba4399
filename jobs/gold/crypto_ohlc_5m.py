"""silver.crypto_prices → gold.crypto_ohlc_5m, one row a coin and five minutes with ticks; live.crypto_ohlc_5m is the same of what has
arrived."""

from __future__ import annotations

from jobs.common.ohlc import ohlc

# From the ticks of the window alone: a window without ticks makes no row, and the close before it is not carried on.
crypto_ohlc_5m = ohlc(minutes=5)
