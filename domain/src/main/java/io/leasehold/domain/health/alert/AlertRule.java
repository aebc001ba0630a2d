package io.leasehold.domain.health.alert;

/**
 * When there is an alert. Immutable.
 *
 * @param expression as Prometheus writes it, in the part of its language that {@link
 *     ExpressionParser} reads
 * @param patience how long it must hold: a whole number of {@code s}, {@code m} or {@code h}
 * @param title what is the matter
 * @param description what it means, and what to do
 */
public record AlertRule(
    String name,
    Severity severity,
    String patience,
    String expression,
    String title,
    String description) {}
