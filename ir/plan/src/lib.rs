//! What the phases after lowering hand on: graph, plan, objects, program, tree
