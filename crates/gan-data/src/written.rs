//! Descriptions of data as files hold them, those of earlier versions too.

use crate::{DataInfo, Field, Kind};

/// A description before its fields are settled.
#[derive(serde::Deserialize)]
pub(crate) struct Written {
    spec: String,
    kind: Kind,
    len: usize,
    #[serde(default)]
    fields: Vec<Field>,
    #[serde(default)]
    beside: Vec<Field>,
    own_parts: bool,
    notes: Vec<String>,
    /// Until 0.1.0 a sample was one shape and perhaps a class.
    #[serde(default)]
    shape: Vec<usize>,
    #[serde(default)]
    classes: Option<usize>,
    #[serde(default)]
    class_names: Vec<String>,
}

impl From<Written> for DataInfo {
    fn from(written: Written) -> Self {
        let Written { spec, kind, len, mut fields, beside, own_parts, notes, .. } = written;
        if fields.is_empty() {
            fields.push(match written.shape.as_slice() {
                [channels, height, width] => Field::image([*channels, *height, *width]),
                other => Field::point(other.iter().product()),
            });
            fields.extend(written.classes.map(|count| Field::class(count, written.class_names)));
        }
        Self { spec, kind, len, fields, beside, own_parts, notes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read_back_and_those_of_earlier_versions_too() {
        let fields = vec![Field::image([1, 28, 28]), Field::class(2, vec!["a".into(), "b".into()])];
        let info = DataInfo::new("mnist", Kind::Mnist, 9, fields);
        let text = serde_json::to_string(&info).unwrap();
        assert_eq!(serde_json::from_str::<DataInfo>(&text).unwrap(), info);
        let earlier = r#"{"spec":"mnist","kind":"mnist","len":9,"shape":[1,28,28],"classes":2,
            "class_names":["a","b"],"own_parts":false,"notes":[]}"#;
        assert_eq!(serde_json::from_str::<DataInfo>(earlier).unwrap(), info);
        let points = r#"{"spec":"toy:gaussian","kind":"toy","len":9,"shape":[1],"classes":null,
            "class_names":[],"own_parts":true,"notes":[]}"#;
        let points = serde_json::from_str::<DataInfo>(points).unwrap();
        assert_eq!((points.shape(), points.classes()), (&[1][..], None));
    }
}
