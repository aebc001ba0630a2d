package io.leasehold.streams.telemetry.deadletter;

import io.leasehold.domain.telemetry.DeadLetter;
import io.leasehold.domain.telemetry.DeadLetterReport.Group;
import io.leasehold.domain.telemetry.SourceName;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of dead letters as they lie on the disk: a directory for each target, files {@code
 * YYYY-MM-DD-n.jsonl} in it, read in their order. Reads beside a process that writes: a line that
 * is not whole yet, or was torn by a crash, does not count. Blocks; no state.
 */
public final class DeadLetterFiles {
  private static final Pattern NAME = Pattern.compile("(\\d{4}-\\d{2}-\\d{2})-(\\d{1,9})\\.jsonl");

  private DeadLetterFiles() {}

  /** Takes dead letters, from the oldest. */
  public interface Visitor {
    /**
     * Sees one.
     *
     * @param line its place among the lines of its file, from 0; lines that are torn count
     * @return false to see no more
     */
    boolean see(DeadLetter letter, int line);
  }

  /** The directory of a target. */
  public static Path directory(Path root, String target) {
    return root.resolve(SourceName.encode(target));
  }

  /** All directories of targets, sorted; none if there is no {@code root}. */
  public static List<Path> directories(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, Files::isDirectory)) {
      all.forEach(found::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return found;
    }
    found.sort(Comparator.naturalOrder());
    return found;
  }

  /** The files of a directory, the oldest first; none if it is not there. */
  public static List<Path> files(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "*.jsonl")) {
      for (Path each : all) {
        if (NAME.matcher(each.getFileName().toString()).matches()) {
          found.add(each);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return found;
    }
    found.sort(Comparator.comparing(DeadLetterFiles::day).thenComparing(DeadLetterFiles::number));
    return found;
  }

  /** The name of the file with this number. */
  static String name(LocalDate day, int number) {
    return day + "-" + number + ".jsonl";
  }

  private static String day(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches() ? name.group(1) : "";
  }

  static int number(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches() ? Integer.parseInt(name.group(2)) : 0;
  }

  /**
   * Shows what is in a file; nothing if it is gone.
   *
   * @return false if the visitor wants no more
   */
  public static boolean read(Path file, Visitor visitor) throws IOException {
    byte[] text;
    try {
      text = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return true; // made room for newer ones meanwhile
    }
    return read(text, visitor);
  }

  static boolean read(byte[] text, Visitor visitor) {
    int line = 0;
    int from = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\n') {
        DeadLetter letter = DeadLetter.parse(text, from, i);
        if (letter != null && !visitor.see(letter, line)) {
          return false;
        }
        line++;
        from = i + 1;
      }
    }
    return true;
  }

  /** How many there are below {@code root}, by target and reason. */
  public static List<Group> summary(Path root) throws IOException {
    List<Group> groups = new ArrayList<>();
    for (Path directory : directories(root)) {
      Map<String, Group> byReason = new TreeMap<>();
      for (Path file : files(directory)) {
        read(
            file,
            (letter, line) -> {
              byReason.merge(
                  letter.target() + '\n' + letter.reason(), group(letter), DeadLetterFiles::sum);
              return true;
            });
      }
      groups.addAll(byReason.values());
    }
    return groups;
  }

  private static Group group(DeadLetter letter) {
    return new Group(letter.target(), letter.reason(), 1, letter.line().length, letter.atMillis());
  }

  private static Group sum(Group one, Group other) {
    return new Group(
        one.target(),
        one.reason(),
        one.count() + other.count(),
        one.bytes() + other.bytes(),
        Math.min(one.oldestMillis(), other.oldestMillis()));
  }
}
