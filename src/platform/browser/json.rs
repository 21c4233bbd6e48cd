//! JavaScript values as [`Json`], and back.

use js_sys::{Array, Object};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::codec::Json;
use crate::codec::json::MAX_DEPTH;

/// Copies a value. What JSON cannot express becomes `null`. Returns `None` if it nests too deep.
#[must_use]
pub fn json_from_js(value: &JsValue) -> Option<Json> {
    read(value, 0)
}

fn read(value: &JsValue, depth: usize) -> Option<Json> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(text) = value.as_string() {
        return Some(Json::String(text));
    }
    if let Some(number) = value.as_f64() {
        // JSON.parse reads `1e999` as infinity, which JSON does not have.
        return number.is_finite().then_some(Json::Number(number));
    }
    if let Some(value) = value.as_bool() {
        return Some(Json::Bool(value));
    }
    if !value.is_object() && !value.is_function() {
        return Some(Json::Null);
    }
    // Entries are own members; neither the server nor the app sent an inherited one. The entries of
    // an array are its items, in order. A loop of its own for arrays makes the npm package 338
    // bytes larger.
    let is_array = Array::is_array(value);
    let mut items = Vec::new();
    let mut members = Vec::new();
    for entry in Object::entries(value.unchecked_ref()).iter() {
        let entry: Array = entry.unchecked_into();
        let item = read(&entry.get(1), depth + 1)?;
        if is_array {
            items.push(item);
        } else {
            members.push((entry.get(0).as_string()?, item));
        }
    }
    Some(if is_array { Json::Array(items) } else { Json::Object(members) })
}

/// Makes a JavaScript value of plain, frozen objects and arrays.
#[must_use]
pub fn json_to_js(value: &Json) -> JsValue {
    match value {
        Json::Null => JsValue::NULL,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => (*number).into(),
        Json::String(text) => text.into(),
        Json::Array(items) => {
            Object::freeze(&items.iter().map(json_to_js).collect::<Array>()).into()
        }
        Json::Object(members) => {
            let entry =
                |(name, value): &(String, Json)| Array::of2(&name.into(), &json_to_js(value));
            // Members are defined, not assigned: one called `__proto__` stays a member.
            match Object::from_entries(&members.iter().map(entry).collect::<Array>()) {
                Ok(object) => Object::freeze(&object).into(),
                Err(_) => JsValue::NULL,
            }
        }
    }
}
