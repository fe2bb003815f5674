locals {
  # A hash that is given is known before the zip is there. Where there is neither, the precondition below says so.
  hash = var.source_code_hash != null ? var.source_code_hash : try(filebase64sha256(var.filename), null)
}

resource "aws_s3_object" "this" {
  count = var.s3_bucket == null ? 0 : 1

  bucket      = var.s3_bucket
  key         = "layers/${var.layer_name}/${sha256(jsonencode(local.hash))}.zip"
  source      = var.filename
  source_hash = local.hash
}

resource "aws_lambda_layer_version" "this" {
  layer_name               = var.layer_name
  description              = var.description
  license_info             = var.license_info
  filename                 = var.s3_bucket == null ? var.filename : null
  s3_bucket                = one(aws_s3_object.this[*].bucket)
  s3_key                   = one(aws_s3_object.this[*].key)
  source_code_hash         = local.hash
  compatible_runtimes      = var.compatible_runtimes
  compatible_architectures = var.compatible_architectures
  skip_destroy             = var.skip_destroy

  lifecycle {
    precondition {
      condition     = local.hash != null
      error_message = "There is no ${var.filename}; `layerwright build` writes it."
    }
  }
}

resource "aws_lambda_layer_version_permission" "this" {
  count = var.shared_with == null ? 0 : 1

  layer_name      = aws_lambda_layer_version.this.layer_arn
  version_number  = aws_lambda_layer_version.this.version
  statement_id    = "layerwright-${var.shared_with}"
  action          = "lambda:GetLayerVersion"
  principal       = can(regex("^[0-9]{12}$", var.shared_with)) ? var.shared_with : "*"
  organization_id = startswith(var.shared_with, "o-") ? var.shared_with : null
  skip_destroy    = var.skip_destroy
}
