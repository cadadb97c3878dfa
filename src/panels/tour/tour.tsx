import 'driver.js/dist/driver.css';
import { driver } from 'driver.js';
import { useEffect } from 'react';
import { useStore } from '../../store/store.ts';
import { rememberSeen } from '../../store/seen.ts';
import { stops } from './stops.ts';
import './tour.css';

/** Leads over the page; ends with Escape, the close button or the last stop. */
export default function Tour() {
  useEffect(() => {
    // What an address or a view leaves out has no stop.
    const present = stops.filter(({ element }) => document.querySelector(element) !== null);
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const tour = driver({
      animate: !still,
      smoothScroll: !still,
      showProgress: true,
      progressText: '{{current}} of {{total}}',
      nextBtnText: 'Next',
      prevBtnText: 'Back',
      doneBtnText: 'Done',
      popoverClass: 'tour',
      overlayOpacity: 0.55,
      stagePadding: 4,
      disableActiveInteraction: true,
      // Its title and foot would be the page's second banner and second foot.
      onPopoverRender: ({ title, footer }) => {
        title.role = 'none';
        footer.role = 'none';
      },
      // Enter goes on; the close button comes first in the box and would take the focus.
      onHighlighted: (_element, _step, { state }) => state.popover?.nextButton.focus(),
      // Also where it is left before its first stop stands; it is destroyed with this component.
      onDestroyStarted: () => {
        rememberSeen('tour');
        useStore.getState().setTouring(false);
      },
      steps: present.map(({ element, title, text, side }) => ({
        element,
        popover: { title, description: text, side, align: 'start' },
      })),
    });
    tour.drive();
    return () => tour.destroy();
  }, []);
  return null;
}
