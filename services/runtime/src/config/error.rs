use std::fmt;

/// Everything that is wrong with the configuration, in Chinese, for the person who wrote it.
#[derive(Debug, thiserror::Error)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The dotted key, empty where the whole source cannot be read.
    pub key: String,
    /// Where it was written: a file, a variable or a flag, in Chinese.
    pub source: String,
    /// What is wrong with it, in Chinese.
    pub text: String,
}

impl ConfigError {
    pub(super) const fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Returns all problems, in the order of their sources.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("配置有误")?;
        for problem in &self.problems {
            write!(formatter, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(formatter, "{}：{}", self.source, self.text)
        } else {
            write!(formatter, "{}：`{}` {}", self.source, self.key, self.text)
        }
    }
}
