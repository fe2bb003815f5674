"""Results as text, JSON, SARIF and workflow annotations."""
