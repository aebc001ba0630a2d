package io.leasehold.domain.kv.redis;

/**
 * A command is refused, wherever in it that was found. Never leaves this package: {@link
 * RedisGroup} takes back what the command did and answers with the text. Has no stack trace, as it
 * is an ordinary end of a command.
 */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String text;

  Refusal(String text) {
    super(text, null, false, false);
    this.text = text;
  }

  Reply.Failure reply() {
    return new Reply.Failure(text);
  }

  static Refusal syntax() {
    return new Refusal("ERR syntax error");
  }

  static Refusal wrongType() {
    return new Refusal("WRONGTYPE Operation against a key holding the wrong kind of value");
  }

  static Refusal notAnInteger() {
    return new Refusal("ERR value is not an integer or out of range");
  }

  static Refusal overflow() {
    return new Refusal("ERR increment or decrement would overflow");
  }

  static Refusal notFinite() {
    return new Refusal("ERR increment would produce NaN or Infinity");
  }

  static Refusal noSuchKey() {
    return new Refusal("ERR no such key");
  }

  static Refusal tooLong() {
    return new Refusal("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }

  static Refusal outOfMemory() {
    return new Refusal("OOM command not allowed when used memory > 'maxmemory'.");
  }

  static Refusal replyTooLarge(long maxBytes) {
    return new Refusal("ERR reply exceeds maximum allowed size. Limit: " + maxBytes + " bytes");
  }

  static Refusal arity(String name) {
    return new Refusal("ERR wrong number of arguments for '" + name + "' command");
  }

  static Refusal expireTime(String name) {
    return new Refusal("ERR invalid expire time in '" + name + "' command");
  }
}
