locals {
  grants = {
    for who in var.shared_with : who => {
      principal       = can(regex("^[0-9]{12}$", who)) ? who : "*"
      organization_id = startswith(who, "o-") ? who : null
    }
  }
}

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
  for_each = local.grants

  layer_name      = aws_lambda_layer_version.this.layer_arn
  version_number  = aws_lambda_layer_version.this.version
  statement_id    = "layerwright-${each.key}"
  action          = "lambda:GetLayerVersion"
  principal       = each.value.principal
  organization_id = each.value.organization_id
  skip_destroy    = var.skip_destroy
}
