/** The commands of {@code bin/leasehold}. */
@NullMarked
package io.leasehold.app.cli;

import org.jspecify.annotations.NullMarked;
