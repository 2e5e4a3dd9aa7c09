"""What each layer and each loss is: its example, equation, gradients, options and names, for the terminal and docs."""
