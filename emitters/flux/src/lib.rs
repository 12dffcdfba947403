//! Flux trees for host clusters and vClusters
