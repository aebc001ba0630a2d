/** Who may do what: API keys. */
@NullMarked
package io.leasehold.domain.access;

import org.jspecify.annotations.NullMarked;
