"""A student's numbers, compared with the exact ones; where they are wrong, the mistake behind them is looked for."""
