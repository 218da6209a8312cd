//! What the program under test did.

use std::process::Output;

/// What the program under test did.
pub(crate) struct Ran {
    /// Its exit status.
    pub(crate) status: i32,
    /// The lines of its standard output.
    pub(crate) lines: Vec<String>,
    /// Its standard error.
    pub(crate) errors: String,
}

impl Ran {
    /// Reads what a program did.
    pub(crate) fn of(output: &Output) -> Self {
        let lines = String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect();
        let errors = String::from_utf8(output.stderr.clone()).unwrap();
        Self { status: output.status.code().unwrap_or(-1), lines, errors }
    }

    /// Returns the host's own line, the last one.
    pub(crate) fn host(&self) -> &str {
        self.lines.last().and_then(|line| line.strip_prefix("# host: ")).unwrap_or_default()
    }

    /// Tells whether a line of the standard output holds the text.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// Checks the status and that the host's line begins with this text.
    pub(crate) fn assert(&self, status: i32, host: &str) {
        let Self { lines, errors, .. } = self;
        let all = lines.join("\n");
        assert_eq!(self.status, status, "{all}\n{errors}");
        assert!(self.host().starts_with(host), "{host:?} expected\n{all}\n{errors}");
    }
}
