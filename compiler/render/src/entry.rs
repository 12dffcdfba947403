//! Renders as JSON, for the cache.

use crate::judge::Render;
use catalyst_helm::{ChartFault, Object, RenderError, Rendered, Spot};
use catalyst_source::{KeyPath, TreePath};
use serde_json::{Value, json};

/// A render as JSON; of errors only a fault of a chart can be read back.
pub(crate) fn write(render: &Render) -> Value {
    match render {
        Ok(Rendered { objects, warnings }) => {
            let objects: Vec<Value> =
                objects.iter().map(|it| json!([it.chart, it.file.as_str(), it.value])).collect();
            json!([objects, warnings])
        }
        Err(RenderError::Chart(fault)) => {
            let ChartFault { message, spot, via, value, text } = fault.as_ref();
            let via: Vec<Value> = via.iter().map(place).collect();
            json!([message, spot.as_ref().map(place), via, value.as_ref().map(ToString::to_string), text])
        }
        Err(_) => Value::Null,
    }
}

fn place(spot: &Spot) -> Value {
    json!([spot.file.as_str(), spot.line, spot.column])
}

pub(crate) fn read(value: Value) -> Option<Render> {
    let Value::Array(parts) = value else { return None };
    match <[Value; 2]>::try_from(parts) {
        Ok([Value::Array(objects), Value::Array(warnings)]) => {
            let objects = objects.into_iter().map(object).collect::<Option<_>>()?;
            let warnings = warnings.iter().map(text).collect::<Option<_>>()?;
            Some(Ok(Rendered { objects, warnings }))
        }
        Ok(_) => None,
        Err(parts) => fault(&parts).map(|fault| Err(fault.into())),
    }
}

fn object(value: Value) -> Option<Object> {
    let Value::Array(parts) = value else { return None };
    let [chart, file, value] = <[Value; 3]>::try_from(parts).ok()?;
    Some(Object { chart: text(&chart)?, file: TreePath::new(file.as_str()?).ok()?, value })
}

fn fault(parts: &[Value]) -> Option<ChartFault> {
    let [message, at, via, value, says] = parts else { return None };
    Some(ChartFault {
        message: text(message)?,
        spot: optional(at, spot)?,
        via: via.as_array()?.iter().map(spot).collect::<Option<_>>()?,
        value: optional(value, |it| KeyPath::parse(it.as_str()?))?,
        text: text(says)?,
    })
}

fn spot(value: &Value) -> Option<Spot> {
    let [file, line, column] = value.as_array()?.as_slice() else { return None };
    let number = |value: &Value| optional(value, |it| u32::try_from(it.as_u64()?).ok());
    Some(Spot { file: TreePath::new(file.as_str()?).ok()?, line: number(line)?, column: number(column)? })
}

fn optional<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_back_whole() {
        let spot = |line| Spot { file: TreePath::new("templates/a.yaml").unwrap(), line, column: Some(3) };
        let fault = ChartFault {
            message: "no".into(),
            spot: Some(spot(Some(1))),
            via: vec![spot(None)],
            value: KeyPath::parse("a.b[0]"),
            text: "Error: no\n".into(),
        };
        for fault in [fault, ChartFault::new("bare")] {
            let render = Err(RenderError::from(fault));
            assert_eq!(read(write(&render)), Some(render));
        }
    }

    #[test]
    fn what_is_no_render_is_not_read() {
        for value in
            [json!(null), json!([]), json!([[], [1]]), json!([[[1, 2, 3]], []]), json!(["", 1, [], null, ""])]
        {
            assert_eq!(read(value.clone()), None, "{value}");
        }
    }
}
