"""What the user wrote: layers and exact numbers, from TOML or Python; and the networks that come with symconv."""
