package io.leasehold.domain.telemetry;

import org.jspecify.annotations.Nullable;

/** What validation needs of {@code data}: which members are there, whatever type it is. */
final class DataMembers {
  private static final int LEVEL = 1;
  private static final int MSG = 1 << 1;
  private static final int NAME = 1 << 2;
  private static final int VALUE = 1 << 3;
  private static final int JOB_ID = 1 << 4;
  private static final int PERCENT = 1 << 5;

  private int present;
  private int from;
  private int to;
  private int levelFrom;
  private int levelTo;
  private boolean levelEscaped;
  private boolean percentIsNumber;
  private int percentFrom;
  private int percentTo;

  void clear() {
    present = 0;
  }

  /** Passes the object that {@code json} stands before; false if it is broken. */
  boolean scan(JsonText json, byte[] text) {
    present = 0;
    json.accept('{');
    int first = json.position() - 1;
    if (!json.accept('}')) {
      do {
        if (!json.name()) {
          return false;
        }
        int member = memberAt(json, text);
        JsonText.Kind kind = json.value(2);
        if (kind == JsonText.Kind.BROKEN) {
          return false;
        }
        if (member != 0) {
          note(member, kind, json);
        }
      } while (json.accept(','));
      if (!json.accept('}')) {
        return false;
      }
    }
    from = first;
    to = json.position();
    return true;
  }

  private void note(int member, JsonText.Kind kind, JsonText json) {
    present = kind == JsonText.Kind.NULL ? present & ~member : present | member;
    if (member == LEVEL) {
      boolean string = kind == JsonText.Kind.STRING;
      levelFrom = string ? json.from() : 0;
      levelTo = string ? json.to() : 0;
      levelEscaped = string && json.isEscaped();
    } else if (member == PERCENT) {
      percentIsNumber = kind == JsonText.Kind.NUMBER;
      percentFrom = json.from();
      percentTo = json.to();
    }
  }

  private static int memberAt(JsonText json, byte[] text) {
    int first = json.from();
    int length = json.to() - first;
    if (json.isEscaped()) {
      return memberNamed(JsonText.decode(text, first, json.to(), true));
    }
    if (length < 3 || length > 7) {
      return 0;
    }
    int likely =
        switch (text[first]) {
          case 'l' -> LEVEL;
          case 'm' -> MSG;
          case 'n' -> NAME;
          case 'v' -> VALUE;
          case 'j' -> JOB_ID;
          case 'p' -> PERCENT;
          default -> 0;
        };
    if (likely == 0) {
      return 0;
    }
    String name = nameOf(likely);
    if (name.length() != length) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if (text[first + i] != name.charAt(i)) {
        return 0;
      }
    }
    return likely;
  }

  private static String nameOf(int member) {
    return switch (member) {
      case LEVEL -> "level";
      case MSG -> "msg";
      case NAME -> "name";
      case VALUE -> "value";
      case JOB_ID -> "job_id";
      default -> "percent";
    };
  }

  private static int memberNamed(String name) {
    for (int member = LEVEL; member <= PERCENT; member <<= 1) {
      if (nameOf(member).equals(name)) {
        return member;
      }
    }
    return 0;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  private boolean has(int members) {
    return (present & members) == members;
  }

  /** What a message of this type lacks, null if nothing. */
  @Nullable DropReason check(MessageType type, byte[] text) {
    return switch (type) {
      case EVENT -> has(LEVEL | MSG) ? null : DropReason.MISSING_DATA_FIELD;
      case METRIC -> has(NAME | VALUE) ? null : DropReason.MISSING_DATA_FIELD;
      case PROGRESS -> progress(text);
      case RESOURCE, SPAN, HEARTBEAT, GOODBYE, TRACE -> null;
    };
  }

  private @Nullable DropReason progress(byte[] text) {
    if (!has(JOB_ID | PERCENT)) {
      return DropReason.MISSING_DATA_FIELD;
    }
    if (!percentIsNumber) {
      return DropReason.BAD_PERCENT;
    }
    double percent = MessageReader.numberAt(text, percentFrom, percentTo);
    return percent >= 0 && percent <= 100 ? null : DropReason.BAD_PERCENT;
  }

  Level level(byte[] text) {
    if (levelEscaped) {
      var known = Level.of(JsonText.decode(text, levelFrom, levelTo, true));
      return known == null ? Level.INFO : known;
    }
    return Level.in(text, levelFrom, levelTo);
  }
}
