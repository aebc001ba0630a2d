package io.leasehold.config.telemetry;

/**
 * One mistake in the file of telemetry.
 *
 * @param line from 1, 0 = it belongs to no line
 * @param column from 1
 * @param path of the key, empty for the file as a whole
 */
public record FileProblem(int line, int column, String path, String why) {
  /** {@code sidecar.yaml:31:16 routing.default[0].backend: unknown backend}. */
  public String text(String file) {
    String place = line == 0 ? file : file + ':' + line + ':' + column;
    return path.isEmpty() ? place + ": " + why : place + ' ' + path + ": " + why;
  }
}
