output "arn" {
  description = "ARN of the version, for a function's `layers`."
  value       = aws_lambda_layer_version.this.arn
}

output "layer_arn" {
  description = "ARN of the layer, without the version."
  value       = aws_lambda_layer_version.this.layer_arn
}

output "version" {
  description = "Number of the version."
  value       = aws_lambda_layer_version.this.version
}

output "source_code_hash" {
  description = "What stood for the content: base64 of the zip's sha256, which AWS calls CodeSha256, or the hash that was given."
  value       = aws_lambda_layer_version.this.source_code_hash
}
