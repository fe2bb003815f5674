"""The passes that make a layer smaller, one a file, each with its risk and what it saved."""
