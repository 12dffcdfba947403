//! Calls of functions.

use catalyst_diag::suggest::nearest;
use catalyst_source::Span;

use super::Checker;
use crate::ast::{Kind, Macro, Node};
use crate::functions::{SIGNATURES, Signature, elsewhere};
use crate::methods::pattern;
use crate::problem::Problem;
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: Span,
        target: Option<&mut Node>,
        arguments: &mut [Node],
        span: Span,
    ) -> Type {
        let method = target.is_some();
        let known: Vec<&Signature> = SIGNATURES.iter().filter(|signature| signature.name == name).collect();
        let callable: Vec<&Signature> =
            known.iter().copied().filter(|known| known.is_called_as(method)).collect();
        if callable.is_empty() {
            // Its arguments are not looked at: they may be those of a macro whose name is misspelt.
            target.map(|target| self.check(target, None));
            self.unknown_function(name, name_span, method, &known);
            return Type::Dyn;
        }
        let mut nodes: Vec<&mut Node> = target.into_iter().chain(arguments).collect();
        let mut types = Vec::with_capacity(nodes.len());
        for node in &mut nodes {
            let ty = self.check(node, None);
            types.push(self.own(ty));
        }
        let nodes: Vec<&Node> = nodes.into_iter().map(|node| &*node).collect();
        if let ("matches", Some(Kind::String(text))) = (name, nodes.get(1).map(|node| &node.kind))
            && let Err(error) = pattern(text)
        {
            let span = nodes.get(1).map_or(span, |node| node.span);
            self.problems.push(Problem::typing(span, format!("this is not a regular expression: {error}")));
        }
        let results: Vec<Type> = callable
            .iter()
            .filter(|signature| signature.parameters.len() == types.len())
            .filter(|signature| signature.parameters.iter().zip(&types).all(|(shape, ty)| shape.takes(ty)))
            .map(|signature| signature.result(&types))
            .collect();
        if results.is_empty() {
            self.wrong_arguments(name, &callable, &nodes, &types, span);
        }
        Type::join_all(results)
    }

    pub(super) fn unknown_function(&mut self, name: &str, span: Span, method: bool, known: &[&Signature]) {
        let names = || {
            let functions =
                SIGNATURES.iter().filter(|known| known.is_called_as(method)).map(|known| known.name);
            functions.chain(Macro::NAMES.iter().filter(|_| method).map(|(name, _)| *name))
        };
        let help = match known.first() {
            Some(_) if method => Some(format!("it is called as `{name}(x)`")),
            Some(_) => Some(format!("it is called as `x.{name}(…)`")),
            None => elsewhere(name)
                .map(str::to_owned)
                .or_else(|| nearest(name, names()).map(|near| format!("did you mean `{near}`?"))),
        };
        let problem = if known.is_empty() {
            Problem::undefined(span, format!("unknown function `{name}`"))
        } else {
            Problem::typing(span, format!("`{name}` is not called this way"))
        };
        self.problems.push(problem.with_help(help));
    }

    pub(super) fn wrong_arguments(
        &mut self,
        name: &str,
        callable: &[&Signature],
        nodes: &[&Node],
        types: &[Type],
        span: Span,
    ) {
        let method = callable.iter().all(|signature| !signature.is_called_as(false));
        let counted = usize::from(method);
        let fitting: Vec<&&Signature> =
            callable.iter().filter(|signature| signature.parameters.len() == types.len()).collect();
        if fitting.is_empty() {
            let mut counts: Vec<String> =
                callable.iter().map(|signature| (signature.parameters.len() - counted).to_string()).collect();
            counts.dedup();
            let found = types.len() - counted;
            let plural = if counts == ["1"] { "argument" } else { "arguments" };
            let message = format!("`{name}` takes {} {plural}, not {found}", counts.join(" or "));
            self.problems.push(Problem::typing(span, message));
            return;
        }
        // The first argument that no signature takes is where the mistake is; else the combination is.
        for (index, ty) in types.iter().enumerate() {
            let mut wanted: Vec<&str> = Vec::new();
            for signature in &fitting {
                let shape = signature.parameters[index];
                if shape.takes(ty) {
                    wanted.clear();
                    break;
                }
                if !wanted.contains(&shape.describe()) {
                    wanted.push(shape.describe());
                }
            }
            if !wanted.is_empty() {
                let message = format!("`{name}` takes {}, but this is {ty}", wanted.join(" or "));
                self.problems.push(Problem::typing(nodes[index].span, message));
                return;
            }
        }
        let found: Vec<String> = types.iter().map(Type::article).collect();
        self.problems.push(Problem::typing(span, format!("`{name}` does not take {}", found.join(" and "))));
    }
}
