// A command that the driver refuses: what the protocol calls an `error`.

export class Refusal extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}
