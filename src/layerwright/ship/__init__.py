"""Plans for AWS and what carries them out, and the infrastructure code for a layer."""
