"""Tables for people as files: written here, read with libs.common.sheets."""
