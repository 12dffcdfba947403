//! Names, versions and the intent kinds with their schemas
