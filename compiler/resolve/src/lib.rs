//! Catalogue, versions, conditional dependencies: the resolved graph and the lock
