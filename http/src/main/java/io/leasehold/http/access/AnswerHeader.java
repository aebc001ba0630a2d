package io.leasehold.http.access;

import java.util.Locale;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.scaladsl.model.headers.CustomHeader;

/**
 * A header that many answers have, with another value each time. The library's own for any name
 * looks at the name again whenever one is made, and whenever one is written. Immutable.
 */
public final class AnswerHeader extends CustomHeader {
  /** What is the same each time. Immutable; safe for any thread. */
  public static final class Name {
    private final String name;
    private final String lowercase;

    /**
     * @param name a token of HTTP; none that the server sets itself, such as {@code Date}
     */
    public Name(String name) {
      this.name = name;
      this.lowercase = name.toLowerCase(Locale.ROOT);
    }

    /**
     * A header of this name.
     *
     * @param value visible ASCII and blanks
     */
    public HttpHeader of(String value) {
      return new AnswerHeader(this, value);
    }
  }

  private final Name name;
  private final String value;

  private AnswerHeader(Name name, String value) {
    this.name = name;
    this.value = value;
  }

  @Override
  public String name() {
    return name.name;
  }

  @Override
  public String lowercaseName() {
    return name.lowercase;
  }

  @Override
  public String value() {
    return value;
  }

  @Override
  public boolean renderInRequests() {
    return false;
  }

  @Override
  public boolean renderInResponses() {
    return true;
  }
}
