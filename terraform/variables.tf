variable "layer_name" {
  description = "Name of the layer."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,140}$", var.layer_name))
    error_message = "A layer's name has letters, digits, - and _ alone, at most 140."
  }
}

variable "filename" {
  description = "The zip that `layerwright build` wrote."
  type        = string
}

variable "source_code_hash" {
  description = "What stands for the zip's content: another value, another version. Default: the zip's own hash. `build/` gives one that is known before the zip is there."
  type        = string
  default     = null
}

variable "compatible_runtimes" {
  description = "Lambda runtimes that the layer was built and checked for, such as [\"python3.11\"]."
  type        = list(string)

  validation {
    condition     = length(var.compatible_runtimes) >= 1 && length(var.compatible_runtimes) <= 15
    error_message = "A version has 1 to 15 compatible runtimes."
  }
}

variable "compatible_architectures" {
  description = "Architectures that the layer was built and checked for: x86_64, arm64 or both."
  type        = list(string)

  validation {
    condition = (
      length(var.compatible_architectures) >= 1 &&
      alltrue([for name in var.compatible_architectures : contains(["x86_64", "arm64"], name)])
    )
    error_message = "An architecture is x86_64 or arm64."
  }
}

variable "description" {
  description = "Description of the version."
  type        = string
  default     = null
}

variable "license_info" {
  description = "SPDX expression, URL or text of the licence."
  type        = string
  default     = null
}

variable "s3_bucket" {
  description = "Bucket in the region of the layer. Needed above 50 MB (52,428,800 bytes), where AWS takes no direct upload."
  type        = string
  default     = null
}

variable "shared_with" {
  description = "Who may use the layer besides this account: an account's number, an organisation's id (o-...) or \"everyone\". One alone: the AWS provider reads back only the first statement of a version's policy."
  type        = string
  default     = null

  validation {
    condition     = var.shared_with == null || can(regex("^([0-9]{12}|o-[a-z0-9]{10,32}|everyone)$", var.shared_with))
    error_message = "Name an account (12 digits), an organisation (o-...) or everyone."
  }
}

variable "skip_destroy" {
  description = "Keep old versions when a new one takes their place, and the last one on destroy."
  type        = bool
  default     = false
}
