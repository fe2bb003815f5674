resource "aws_s3_object" "this" {
  count = var.s3_bucket == null ? 0 : 1

  bucket      = var.s3_bucket
  key         = "layers/${var.layer_name}/${filesha256(var.filename)}.zip"
  source      = var.filename
  source_hash = filemd5(var.filename)
}

resource "aws_lambda_layer_version" "this" {
  layer_name               = var.layer_name
  description              = var.description
  license_info             = var.license_info
  filename                 = var.s3_bucket == null ? var.filename : null
  s3_bucket                = one(aws_s3_object.this[*].bucket)
  s3_key                   = one(aws_s3_object.this[*].key)
  source_code_hash         = filebase64sha256(var.filename)
  compatible_runtimes      = var.compatible_runtimes
  compatible_architectures = var.compatible_architectures
  skip_destroy             = var.skip_destroy
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
