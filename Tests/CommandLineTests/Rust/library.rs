//! Scores a file of rows with the library: `library MODEL ROWS`.

use std::ffi::{c_char, c_int, c_void, CStr, CString};

#[repr(C)]
struct LrsModel {
    _opaque: [u8; 0],
}

#[link(name = "logreg_stream")]
unsafe extern "C" {
    fn lrs_model_open(path: *const c_char, model: *mut *mut LrsModel) -> c_int;
    fn lrs_model_close(model: *mut LrsModel);
    fn lrs_model_score_rows(
        model: *const LrsModel, bytes: *const c_void, length: usize, capacity: usize,
        margins: *mut f64, probabilities: *mut f64, rows: *mut usize, bad_rows: *mut usize,
    ) -> c_int;
    fn lrs_error_message() -> *const c_char;
}

struct Model(*mut LrsModel);

fn checked(code: c_int) -> Result<(), String> {
    if code == 0 {
        return Ok(());
    }
    // The text is this thread's until its next call.
    let message = unsafe { CStr::from_ptr(lrs_error_message()) };
    Err(format!("{} ({code})", message.to_string_lossy()))
}

impl Model {
    fn open(path: &str) -> Result<Self, String> {
        let path = CString::new(path).map_err(|error| error.to_string())?;
        let mut model = std::ptr::null_mut();
        checked(unsafe { lrs_model_open(path.as_ptr(), &mut model) })?;
        Ok(Self(model))
    }

    /// Probabilities of a model with one output, NaN for a bad row.
    fn probabilities(&self, rows: &[u8]) -> Result<Vec<f64>, String> {
        // A row has a line end, but for the last one.
        let mut found = vec![0.0; rows.iter().filter(|byte| **byte == b'\n').count() + 1];
        let (mut count, mut bad) = (0, 0);
        checked(unsafe {
            lrs_model_score_rows(
                self.0, rows.as_ptr().cast(), rows.len(), found.len(), std::ptr::null_mut(),
                found.as_mut_ptr(), &mut count, &mut bad,
            )
        })?;
        found.truncate(count);
        Ok(found)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { lrs_model_close(self.0) }
    }
}

fn main() -> Result<(), String> {
    let words: Vec<String> = std::env::args().collect();
    let model = Model::open(&words[1])?;
    let rows = std::fs::read(&words[2]).map_err(|error| error.to_string())?;
    for probability in model.probabilities(&rows)? {
        println!("{probability:e}");
    }
    Ok(())
}
