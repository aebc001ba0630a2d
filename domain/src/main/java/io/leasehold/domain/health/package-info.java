/** What is well and what is not: components, and what they add up to. */
@NullMarked
package io.leasehold.domain.health;

import org.jspecify.annotations.NullMarked;
