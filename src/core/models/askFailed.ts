/**
 * One question has no answer and will get none in this run; the others go on. The message says why.
 * Failures that concern every question (a wrong key, an endpoint that is down, a cap) are LionErrors instead.
 */
export class AskFailed extends Error {
  readonly kind = "item";

  constructor(message: string) {
    super(message);
    this.name = "AskFailed";
  }
}
