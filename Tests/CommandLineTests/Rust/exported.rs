//! Scores one row with a model that was exported as C: `exported FIELD…`; `-` is a missing value.

use std::ffi::c_char;

unsafe extern "C" {
    static lrs_column_count: usize;
    fn lrs_probability(fields: *const *const c_char, lengths: *const usize) -> f64;
}

fn main() {
    let fields: Vec<String> = std::env::args().skip(1).collect();
    assert_eq!(fields.len(), unsafe { lrs_column_count }, "one field a column");
    let starts: Vec<*const c_char> = fields
        .iter()
        .map(|field| if field == "-" { std::ptr::null() } else { field.as_ptr().cast() })
        .collect();
    let lengths: Vec<usize> = fields.iter().map(String::len).collect();
    println!("{:e}", unsafe { lrs_probability(starts.as_ptr(), lengths.as_ptr()) });
}
