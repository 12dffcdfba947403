//! The one YAML reader and the one canonical writer
