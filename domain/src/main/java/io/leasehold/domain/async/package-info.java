/** Going on with what is done already, or will be. */
@NullMarked
package io.leasehold.domain.async;

import org.jspecify.annotations.NullMarked;
