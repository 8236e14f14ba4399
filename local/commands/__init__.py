"""The commands of `headwater`, by what they are about."""
