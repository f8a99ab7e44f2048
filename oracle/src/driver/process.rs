//! A driver that is a program of its own: started, spoken to over its standard streams, stopped
//! when it hangs, started again.

use super::heard::{Heard, LINE_BYTES_MAX, NOISE_CHARS_MAX, heard_in, noise_in};
use super::{Answer, Command, Fault, Hello, Implementation, PROTOCOL};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

/// Answers that may wait to be read; a driver that says more has to wait.
const QUEUE: usize = 64;
/// Lines that are not protocol, kept per case.
const NOISE_LINES_MAX: usize = 100;

/// How long the last words of a driver that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How to start a driver.
#[derive(Clone, Debug)]
pub struct Start {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Environment variables to set.
    pub environment: Vec<(String, String)>,
    /// How long it may take to say hello: under Wine the first start makes a whole Windows.
    pub hello_limit: Duration,
}

impl Start {
    /// A program that needs nothing special.
    pub fn program(program: &str) -> Start {
        Start {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            hello_limit: Duration::from_secs(10),
        }
    }
}

struct Running {
    child: Child,
    input: ChildStdin,
    heard: Receiver<Heard>,
}

/// A driver in a process of its own.
pub struct ProcessDriver {
    start: Start,
    running: Option<Running>,
    hello: Hello,
    noise: Vec<String>,
    /// How often it has been started.
    starts: u64,
}

impl ProcessDriver {
    /// Not started yet: the first reset starts it.
    pub fn new(start: Start) -> ProcessDriver {
        ProcessDriver {
            start,
            running: None,
            hello: Hello::default(),
            noise: Vec::new(),
            starts: 0,
        }
    }

    /// How often the driver had to be started.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    fn start(&mut self) -> Result<(), Fault> {
        self.starts += 1;
        let fault = |why: std::io::Error| Fault::Start {
            program: self.start.program.clone(),
            why: why.to_string(),
        };
        let mut child = std::process::Command::new(&self.start.program)
            .args(&self.start.arguments)
            .envs(self.start.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fault)?;
        let (sender, heard) = bounded(QUEUE);
        let (input, output, errors) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = (input, output, errors) else {
            unreachable!("all three streams were asked for");
        };
        let complaints = sender.clone();
        std::thread::spawn(move || listen(heard_in(output), &sender));
        std::thread::spawn(move || listen(noise_in(errors), &complaints));
        self.running = Some(Running { child, input, heard });
        self.send(&Command::Hello)?;
        let limit = self.start.hello_limit;
        match self.receive(Instant::now() + limit)? {
            Some(Answer::Hello(hello)) if hello.protocol == PROTOCOL => self.hello = hello,
            Some(Answer::Hello(hello)) => {
                self.stop();
                return Err(Fault::Protocol { version: hello.protocol });
            }
            Some(other) => {
                self.stop();
                return Err(out_of_turn(&other));
            }
            None => {
                self.stop();
                let milliseconds = limit.as_millis() as u64;
                return Err(Fault::Hung { what: "say hello", milliseconds });
            }
        }
        Ok(())
    }

    /// Ends the driver, whatever it is doing; says how it ended if it had already.
    fn stop(&mut self) -> Option<String> {
        let mut running = self.running.take()?;
        drop(running.input);
        let ended = running.child.try_wait().ok().flatten().map(|status| status.to_string());
        if ended.is_none() {
            // Both can only fail if it has ended meanwhile.
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
        // Its last words may still be on their way; a child of its own may keep the streams open.
        let until = Instant::now() + LAST_WORDS;
        while let Ok(heard) = running.heard.recv_deadline(until) {
            if let Heard::Noise(line) = heard {
                self.keep_noise(line);
            }
        }
        ended
    }

    /// It has closed its output: gives it a moment to end, for the sake of its exit status.
    fn died(&mut self) -> Fault {
        if let Some(running) = &mut self.running {
            for _ in 0..50 {
                if matches!(running.child.try_wait(), Ok(Some(_)) | Err(_)) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Fault::Died { how: self.stop().unwrap_or_else(|| "it closed its output".to_owned()) }
    }

    fn keep_noise(&mut self, line: String) {
        if self.noise.len() < NOISE_LINES_MAX {
            self.noise.push(line);
        }
    }
}

impl Implementation for ProcessDriver {
    fn reset(&mut self) -> Result<Hello, Fault> {
        const LIMIT: Duration = Duration::from_secs(5);
        if self.running.is_some() && self.send(&Command::Reset).is_ok() {
            let until = Instant::now() + LIMIT;
            // Answers to the case before may still be on their way.
            while let Ok(Some(answer)) = self.receive(until) {
                match answer {
                    Answer::Reset => return Ok(self.hello.clone()),
                    Answer::Restart => break,
                    _ => {}
                }
            }
        }
        self.stop();
        self.start()?;
        Ok(self.hello.clone())
    }

    fn send(&mut self, command: &Command) -> Result<(), Fault> {
        let Some(running) = &mut self.running else {
            return Err(Fault::Died { how: "it is not running".to_owned() });
        };
        let mut line = serde_json::to_vec(command).expect("commands have string keys");
        line.push(b'\n');
        if running.input.write_all(&line).and_then(|()| running.input.flush()).is_err() {
            return Err(self.died());
        }
        Ok(())
    }

    fn receive(&mut self, until: Instant) -> Result<Option<Answer>, Fault> {
        loop {
            let Some(running) = &self.running else {
                return Err(Fault::Died { how: "it is not running".to_owned() });
            };
            match running.heard.recv_deadline(until) {
                Ok(Heard::Answer(answer)) => return Ok(Some(answer)),
                Ok(Heard::Noise(line)) => self.keep_noise(line),
                Ok(Heard::LineTooLong) => {
                    self.stop();
                    return Err(Fault::LineTooLong { bytes: LINE_BYTES_MAX });
                }
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
            }
        }
    }

    fn hello(&self) -> Hello {
        self.hello.clone()
    }

    fn noise(&mut self) -> Vec<String> {
        std::mem::take(&mut self.noise)
    }
}

impl Drop for ProcessDriver {
    fn drop(&mut self) {
        self.stop();
    }
}

fn out_of_turn(answer: &Answer) -> Fault {
    let text = serde_json::to_string(answer).unwrap_or_default();
    Fault::OutOfTurn { answer: text.chars().take(NOISE_CHARS_MAX).collect() }
}

/// Hands over what is heard until the stream ends, or nobody listens any more.
fn listen(heard: impl Iterator<Item = Heard>, sender: &Sender<Heard>) {
    for heard in heard {
        if sender.send(heard).is_err() {
            return;
        }
    }
}
