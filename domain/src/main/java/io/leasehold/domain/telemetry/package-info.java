/**
 * The rules of telemetry: messages, their validation, routes, breakers, and how all are counted.
 */
@NullMarked
package io.leasehold.domain.telemetry;

import org.jspecify.annotations.NullMarked;
