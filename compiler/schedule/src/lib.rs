//! Placement, names and labels: the plan of releases per cluster
