package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Commands at random, over few keys, so that they meet: mostly of the right type, with options that
 * sometimes clash, numbers that sometimes are none. Times lie in the past, or so far ahead that it
 * does not matter when a command runs.
 */
final class RandomCommands {
  /** Spaces part the arguments; a letter after a percent sign is drawn, see {@link #draw}. */
  private static final List<String> SHAPES =
      List.of(
          "GET %s",
          "GET %s",
          "MGET %s %s %k",
          "STRLEN %s",
          "GETRANGE %s %i %i",
          "SUBSTR %s %i %i",
          "SET %s %v",
          "SET %s %v",
          "SET %s %v %o",
          "SET %s %v %o",
          "SET %s %v %o %o",
          "SET %k %v",
          "SETNX %s %v",
          "SETEX %s %f %v",
          "PSETEX %s %f %v",
          "GETSET %s %v",
          "GETDEL %s",
          "GETEX %s",
          "GETEX %s %g",
          "GETEX %s %g",
          "GETEX %s %g %g",
          "MSET %s %v %s %v",
          "MSET %s %v %k",
          "MSETNX %s %v %s %v",
          "APPEND %s %v",
          "SETRANGE %s %i %v",
          "INCR %s",
          "DECR %s",
          "INCRBY %s %i",
          "DECRBY %s %i",
          "INCRBYFLOAT %s %d",
          "EXISTS %k %k %k",
          "TYPE %k",
          "TOUCH %k %k",
          "DEL %k",
          "UNLINK %k %k",
          "RENAME %k %k",
          "RENAMENX %k %k",
          "COPY %k %k",
          "COPY %k %k REPLACE",
          "COPY %k %k %w",
          "TTL %k",
          "PTTL %k",
          "EXPIRETIME %k",
          "PEXPIRETIME %k",
          "EXPIRE %k %f",
          "PEXPIRE %k %f",
          "EXPIREAT %k %t",
          "PEXPIREAT %k %m",
          "EXPIREAT %k %t %x",
          "PEXPIREAT %k %m %x",
          "PEXPIREAT %k %m %x %x",
          "EXPIRE %k %p",
          "PERSIST %k",
          "KEYS %q",
          "SCAN 0",
          "SCAN 0 MATCH %q",
          "SCAN 0 COUNT %i TYPE %y",
          "SCAN %c",
          "RANDOMKEY",
          "DBSIZE",
          "HGET %h %e",
          "HMGET %h %e %e %e",
          "HGETALL %h",
          "HEXISTS %h %e",
          "HLEN %h",
          "HKEYS %h",
          "HVALS %h",
          "HSTRLEN %h %e",
          "HSCAN %h 0",
          "HSCAN %h 0 MATCH %q COUNT %i",
          "HRANDFIELD %h",
          "HRANDFIELD %h %i",
          "HRANDFIELD %h %i WITHVALUES",
          "HRANDFIELD %h %i %w",
          "HSET %h %e %v",
          "HSET %h %e %v %e %v",
          "HSET %h %e %v %e",
          "HMSET %h %e %v %e %v",
          "HSETNX %h %e %v",
          "HDEL %h %e",
          "HDEL %h %e %e %e",
          "HINCRBY %h %e %i",
          "HINCRBYFLOAT %h %e %d",
          "LRANGE %l %i %i",
          "LRANGE %l 0 -1",
          "LINDEX %l %i",
          "LLEN %l",
          "LPOS %l %e",
          "LPOS %l %e COUNT %i",
          "LPOS %l %e RANK %r",
          "LPOS %l %e RANK %r COUNT %i MAXLEN %i",
          "LPUSH %l %e %e %e",
          "RPUSH %l %e %e",
          "LPUSH %l %v",
          "RPUSH %l %v",
          "LPUSHX %l %e",
          "RPUSHX %l %e %e",
          "LPOP %l",
          "RPOP %l",
          "LPOP %l %i",
          "RPOP %l %i",
          "LSET %l %i %e",
          "LREM %l %i %e",
          "LREM %l -1 %e",
          "RPUSH %l %e %e %e %e",
          "LTRIM %l %i %i",
          "LINSERT %l BEFORE %e %e",
          "LINSERT %l AFTER %e %e",
          "LINSERT %l %w %e %e",
          "LMOVE %l %l LEFT RIGHT",
          "LMOVE %l %l RIGHT LEFT",
          "LMOVE %l %l LEFT LEFT",
          "LMOVE %l %l RIGHT %w",
          "RPOPLPUSH %l %l",
          "LMPOP 1 %l LEFT",
          "LMPOP 2 %l %l RIGHT COUNT %i",
          "LMPOP %n %l %l LEFT",
          "SMEMBERS %z",
          "SISMEMBER %z %e",
          "SMISMEMBER %z %e %e %e",
          "SCARD %z",
          "SRANDMEMBER %z",
          "SRANDMEMBER %z %i",
          "SINTER %z %z",
          "SUNION %z %z %z",
          "SDIFF %z %z %z",
          "SINTERCARD 2 %z %z",
          "SINTERCARD 2 %z %z LIMIT %i",
          "SINTERCARD %i %z %z",
          "SSCAN %z 0",
          "SSCAN %z 0 MATCH %q",
          "SADD %z %e",
          "SADD %z %e %e %e",
          "SADD %z %v",
          "SREM %z %e %e",
          "SPOP %z",
          "SPOP %z %i",
          "SMOVE %z %z %e",
          "SINTERSTORE %z %z %z",
          "SUNIONSTORE %z %z %z",
          "SDIFFSTORE %z %z %z",
          "SUNIONSTORE %k %z %k",
          "PING",
          "PING %v",
          "ECHO %v",
          "PUBLISH %e %v",
          "NOSUCH %v %e",
          "%w %v",
          "GET",
          "HSET %h");

  static final List<String> RARE = List.of("FLUSHALL", "FLUSHDB ASYNC", "FLUSHALL %w");

  private final Random random;

  RandomCommands(Random random) {
    this.random = random;
  }

  List<Bytes> next() {
    return of(random.nextInt(1_000) == 0 ? oneOf(RARE) : oneOf(SHAPES));
  }

  private List<Bytes> of(String shape) {
    var arguments = new ArrayList<Bytes>();
    for (String word : shape.split(" ")) {
      if (word.equals("%o")) {
        addOption(
            arguments, oneOf("NX", "XX", "GET", "KEEPTTL", "EX", "EXAT", "PXAT", "PX", "FOO"));
      } else if (word.equals("%g")) {
        addOption(arguments, oneOf("PERSIST", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"));
      } else if (word.startsWith("%")) {
        arguments.add(draw(word.charAt(1)));
      } else if (random.nextInt(8) == 0) {
        arguments.add(Bytes.utf8(word.toLowerCase(Locale.ROOT)));
      } else {
        arguments.add(Bytes.utf8(word));
      }
    }
    return arguments;
  }

  private Bytes draw(char what) {
    return switch (what) {
      case 's', 'h', 'l', 'z' -> key(what);
      case 'k' -> key(oneOf("s", "h", "l", "z").charAt(0));
      case 'e' -> element();
      case 'v' -> value();
      case 'i' -> Bytes.utf8(integer());
      // the smallest integer overflows in 7.0, which later versions refuse, and so do we
      case 'r' -> Bytes.utf8(oneOf("1", "2", "3", "-1", "-2", "0", "9223372036854775807", "x"));
      case 'd' -> Bytes.utf8(oneOf("0.1", "-0.1", "0.25", "1.5", "-2", "1e-2", "3.0e0", ".5", "x"));
      case 'f' -> Bytes.utf8(oneOf("100000", "200000000", "0", "-5", "9223372036854775807", "y"));
      case 'p' -> Bytes.utf8(oneOf("-1", "-100000", "0", "-9223372036854775808"));
      case 't' -> Bytes.utf8(oneOf("4000000000", "5000000000", "6000000001", "1", "0", "-7"));
      case 'm' -> Bytes.utf8(oneOf("4000000000499", "4000000000500", "7000000000001", "1", "-7"));
      case 'c' -> Bytes.utf8(oneOf("x", "1x", "-", "", "99999999999999999999"));
      case 'n' -> Bytes.utf8(oneOf("0", "-1", "1", "2", "3", "4", "x"));
      case 'x' -> Bytes.utf8(oneOf("NX", "XX", "GT", "LT", "gt", "Foo"));
      case 'q' -> Bytes.utf8(oneOf("*", "s*", "?1", "[hl]*", "[^s]?", "*2", "e[1-3]", "nothing"));
      case 'y' -> Bytes.utf8(oneOf("string", "HASH", "list", "set", "zset"));
      case 'w' -> Bytes.utf8(oneOf("LEFT", "x", "-1", "", "REPLACE", "DB", "WITHVALUES", "ASYNC"));
      default -> throw new IllegalArgumentException("nothing to draw for " + what);
    };
  }

  /** With its time, if it takes one; sometimes that is forgotten. */
  private void addOption(List<Bytes> arguments, String name) {
    arguments.add(Bytes.utf8(name));
    if (random.nextInt(8) > 0) {
      switch (name) {
        case "EX", "PX" -> arguments.add(draw('f'));
        case "EXAT" -> arguments.add(draw('t'));
        case "PXAT" -> arguments.add(draw('m'));
        default -> {}
      }
    }
  }

  private Bytes key(char kind) {
    // one in twelve is a key of another type
    char drawn = random.nextInt(12) == 0 ? "shlz".charAt(random.nextInt(4)) : kind;
    return Bytes.utf8(drawn + Integer.toString(1 + random.nextInt(3)));
  }

  private Bytes element() {
    return Bytes.utf8("e" + random.nextInt(6));
  }

  private Bytes value() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> Bytes.utf8(integer());
      case 2 -> Bytes.utf8(oneOf("0.5", "10.25", "-3.125", "3.0", "1e2"));
      case 3 -> element();
      case 4 -> Bytes.EMPTY;
      case 5 -> Bytes.of(new byte[] {0, '\r', '\n', (byte) 0xff, (byte) random.nextInt(256)});
      default -> Bytes.utf8("x".repeat(random.nextInt(90)));
    };
  }

  private String integer() {
    return switch (random.nextInt(16)) {
      case 0 ->
          oneOf(
              "9223372036854775807", "-9223372036854775808", "9223372036854775800", "99999999999");
      case 1 -> oneOf("x", "1.5", "01", "+1", "-0", "9223372036854775808", " 1", "");
      default -> Integer.toString(random.nextInt(11) - 4);
    };
  }

  private String oneOf(List<String> words) {
    return words.get(random.nextInt(words.size()));
  }

  private String oneOf(String... words) {
    return words[random.nextInt(words.length)];
  }
}
