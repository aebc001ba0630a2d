/** Which keys are asked for most. */
@NullMarked
package io.leasehold.actors.topkeys;

import org.jspecify.annotations.NullMarked;
