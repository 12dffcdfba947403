//! The dependency graph as text, Mermaid, DOT, JSON and SVG
