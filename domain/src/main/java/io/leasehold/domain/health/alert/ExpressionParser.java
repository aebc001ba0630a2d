package io.leasehold.domain.health.alert;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads an {@link Expression} as Prometheus writes it. Takes what the rules use and refuses
 * everything else by an IllegalArgumentException that says where. Not thread safe.
 */
final class ExpressionParser {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*([a-zA-Z_:][a-zA-Z0-9_:]*|[0-9]+(\\.[0-9]+)?[smh]?|\"[^\"\\\\]*\"|=~|==|[(){}\\[\\],=+/<>])");

  private final String text;
  private final List<String> tokens = new ArrayList<>();
  private int position;

  private ExpressionParser(String text) {
    this.text = text;
    var matcher = TOKEN.matcher(text);
    int end = 0;
    while (end < text.length()) {
      if (!matcher.find(end) || matcher.start() != end) {
        throw new IllegalArgumentException(text + ": cannot be read at character " + end);
      }
      tokens.add(matcher.group(1));
      end = matcher.end();
    }
  }

  /** A rule: some expression compared with a number. */
  static Expression.Compared rule(String text) {
    var parser = new ExpressionParser(text);
    Expression left = parser.sum();
    var relation =
        switch (parser.next()) {
          case ">" -> Expression.Relation.ABOVE;
          case "<" -> Expression.Relation.BELOW;
          case "==" -> Expression.Relation.EQUAL;
          default -> throw parser.unexpected();
        };
    double threshold = Double.parseDouble(parser.next());
    if (parser.position < parser.tokens.size()) {
      parser.position++;
      throw parser.unexpected();
    }
    return new Expression.Compared(left, relation, threshold);
  }

  private Expression sum() {
    Expression left = quotient();
    while (isNext("+")) {
      position++;
      left = new Expression.Both(Expression.Operator.PLUS, left, quotient());
    }
    return left;
  }

  private Expression quotient() {
    Expression left = operand();
    while (isNext("/")) {
      position++;
      left = new Expression.Both(Expression.Operator.DIVIDED_BY, left, operand());
    }
    return left;
  }

  private Expression operand() {
    String token = next();
    return switch (token) {
      case "(" -> closed(sum());
      case "rate", "increase" -> {
        expect("(");
        var of = selector(next());
        expect("[");
        long window = durationNanos(next());
        expect("]");
        yield closed(new Expression.Increase(of, window, token.equals("rate")));
      }
      case "sum" -> {
        expect("by");
        expect("(");
        var labels = new ArrayList<String>();
        do {
          labels.add(next());
        } while (next().equals(","));
        position--;
        expect(")");
        expect("(");
        yield new Expression.SumBy(labels, closed(sum()));
      }
      case "histogram_quantile" -> {
        expect("(");
        double share = Double.parseDouble(next());
        expect(",");
        yield new Expression.QuantileOf(share, closed(sum()));
      }
      default -> selector(token);
    };
  }

  private Expression.Selector selector(String name) {
    if (!Character.isLetter(name.charAt(0))) {
      throw unexpected();
    }
    var matchers = new ArrayList<Expression.Matcher>();
    if (isNext("{")) {
      do {
        position++;
        String label = next();
        String operator = next();
        String quoted = next();
        String value = quoted.substring(1, quoted.length() - 1);
        boolean regular = operator.equals("=~");
        matchers.add(
            new Expression.Matcher(label, Pattern.compile(regular ? value : Pattern.quote(value))));
      } while (isNext(","));
      expect("}");
    }
    return new Expression.Selector(name, matchers);
  }

  static long durationNanos(String text) {
    long number = Long.parseLong(text.substring(0, text.length() - 1));
    return switch (text.charAt(text.length() - 1)) {
      case 's' -> number * 1_000_000_000L;
      case 'm' -> number * 60_000_000_000L;
      case 'h' -> number * 3_600_000_000_000L;
      default -> throw new IllegalArgumentException(text + ": must end with s, m or h");
    };
  }

  private <T> T closed(T inner) {
    expect(")");
    return inner;
  }

  private boolean isNext(String token) {
    return position < tokens.size() && tokens.get(position).equals(token);
  }

  private String next() {
    if (position == tokens.size()) {
      throw new IllegalArgumentException(text + ": ends too early");
    }
    return tokens.get(position++);
  }

  private void expect(String token) {
    if (!next().equals(token)) {
      throw unexpected();
    }
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException(
        text + ": " + tokens.get(position - 1) + " is not expected at token " + position);
  }
}
