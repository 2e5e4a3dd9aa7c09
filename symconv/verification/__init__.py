"""Every step of every derivation evaluated exactly, on a road of its own."""
