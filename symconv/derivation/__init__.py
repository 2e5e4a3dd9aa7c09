"""What each layer means, and its gradients by rules, one recorded step at a time: up to the waist of the house."""
