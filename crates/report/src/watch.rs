//! The live view of a run: a full screen on stderr that fills while the run goes on. It shows no verdict.
//!
//! Like `progress`, it draws only between trials, when an event arrives, and reads keys only then.

mod draw;
mod screen;
mod state;

use std::time::Duration;

use runner::event::{Event, Watch};
use runner::interrupt::Interrupt;

use crate::printer::{held_messages, print_message};

use screen::Screen;
use state::State;

pub use screen::restore;

/// The minimum time between two pictures while blocks run.
const DRAW_EVERY: Duration = Duration::from_millis(250);

/// A screen that shows a run.
#[derive(Debug)]
pub struct LiveView {
    screen: Screen,
    state: State,
    interrupt: Interrupt,
    next: Duration,
}

impl LiveView {
    /// Takes over the terminal until the run has ended, or this is dropped.
    ///
    /// # Errors
    /// If stderr is no terminal that can be drawn on.
    pub fn open(interrupt: &Interrupt) -> std::io::Result<Self> {
        let (screen, state) = (Screen::open()?, State::default());
        let mut view = Self { screen, state, interrupt: interrupt.clone(), next: Duration::ZERO };
        view.draw();
        Ok(view)
    }

    fn read_keys(&self) {
        let wants_end = host::terminal::pressed_keys().iter().any(|key| matches!(key, b'q' | b'Q'));
        if wants_end && !self.interrupt.is_requested() {
            self.interrupt.request();
            print_message(words::live::STOPPING);
        }
    }

    /// A picture that cannot be drawn is left out: the run goes on.
    fn draw(&mut self) {
        self.state.messages = held_messages();
        let state = &self.state;
        self.screen.draw(|frame| draw::draw(frame, state));
    }

    /// Whether it is time for another picture, `elapsed` after the first block began.
    fn is_due(&mut self, elapsed: Duration) -> bool {
        let is_due = elapsed >= self.next;
        if is_due {
            self.next = elapsed + DRAW_EVERY;
        }
        is_due
    }
}

impl Watch for LiveView {
    fn notice(&mut self, event: &Event<'_>) {
        self.read_keys();
        self.state.take(event);
        match event {
            Event::Closed(_) => restore(),
            Event::Trial { elapsed, .. } => {
                if self.is_due(*elapsed) {
                    self.draw();
                }
            }
            Event::Block(blocks) => {
                if self.is_due(blocks.elapsed) {
                    self.draw();
                }
            }
            Event::Pilot { .. }
            | Event::Planned { .. }
            | Event::Profile { .. }
            | Event::Lost { .. } => self.draw(),
        }
    }
}
