// What makes the pages quicker to use; all of them work without it. Pages say by data attributes
// what is to be done; nothing here knows a page.
;(() => {
  const each = (selector, work, root = document) => {
    for (const one of root.querySelectorAll(selector)) work(one)
  }

  /** A double click on a row opens it, as its link does; text that is selected stays selected. */
  document.addEventListener('dblclick', (event) => {
    const row = event.target.closest('tr[data-href]')
    if (row === null || event.target.closest('a, button, input, select, textarea, label')) return
    location.assign(row.dataset.href)
  })

  /** Choosing is asking: a form of one choice needs no button. */
  document.addEventListener('change', (event) => {
    const chosen = event.target.closest('[data-submit]')
    if (chosen) chosen.form.requestSubmit()
    const all = event.target.closest('[data-all]')
    if (all)
      each(`input[type=checkbox][name="${all.dataset.all}"]`, (one) => {
        one.checked = all.checked
      })
  })

  document.addEventListener('click', (event) => {
    const copy = event.target.closest('[data-copy]')
    if (copy)
      navigator.clipboard?.writeText(copy.dataset.copy).then(() => {
        copy.setAttribute('data-copied', '')
        if (copy.dataset.done) copy.textContent = copy.dataset.done
      })
    if (event.target.closest('[data-print]')) print()
  })

  /** `data-counter="id"`: so many characters of so many, told in the element of that id. */
  const tell = (field) => {
    const output = document.getElementById(field.dataset.counter)
    if (output === null) return
    const { length } = field.value.replaceAll('\r\n', '\n')
    const least = Number(field.dataset.least ?? 0)
    const most = Number(field.dataset.most ?? Number.POSITIVE_INFINITY)
    const told = (n) => n.toLocaleString(document.documentElement.lang)
    output.textContent = (output.dataset.text ?? '{n}/{most}')
      .replace('{n}', told(length))
      .replace('{most}', told(most))
      .replace('{least}', told(least))
    output.classList.toggle('out', length < least || length > most)
  }
  document.addEventListener('input', (event) => {
    if (event.target.dataset?.counter) tell(event.target)
  })
  each('[data-counter]', tell)

  /** `data-fiscal-code="id"`: whether the check character is right, told in the element of that id. */
  const odd = '1 0 5 7 9 13 15 17 19 21 2 4 18 20 11 3 6 8 12 14 16 10 22 25 24 23'.split(' ')
  const checkCharacter = (code) => {
    let sum = 0
    for (const [index, letter] of [...code.slice(0, 15)].entries()) {
      const digit = '0123456789'.indexOf(letter)
      const value = digit >= 0 ? digit : letter.charCodeAt(0) - 65
      sum += index % 2 === 0 ? Number(odd[value]) : value
    }
    return String.fromCharCode(65 + (sum % 26))
  }
  document.addEventListener('input', ({ target }) => {
    const output = document.getElementById(target.dataset?.fiscalCode ?? '')
    if (output === null) return
    const code = target.value.trim().toUpperCase()
    const isWhole = /^[A-Z0-9]{15}[A-Z]$/.test(code)
    const isGood = isWhole && checkCharacter(code) === code[15]
    output.textContent = isWhole ? target.dataset[isGood ? 'good' : 'wrong'] : ''
    output.classList.toggle('fault', isWhole && !isGood)
  })

  /** A form is sent once, however often its button is pressed. */
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (form.method !== 'post') return
    if (form.dataset.sent) return event.preventDefault()
    form.dataset.sent = 'sent'
    setTimeout(() => delete form.dataset.sent, 5000)
  })
  addEventListener('pageshow', () => each('form[data-sent]', (form) => delete form.dataset.sent))

  /** Faults first: the summary has the focus. */
  document.querySelector('[role=alert][autofocus]')?.focus()

  /** Folded stays folded. */
  const side = document.querySelector('.side > details')
  if (side) {
    try {
      if (localStorage.getItem('side') === 'folded') side.open = false
      side.addEventListener('toggle', () =>
        localStorage.setItem('side', side.open ? 'open' : 'folded'),
      )
    } catch {
      // A browser that keeps nothing folds nothing.
    }
  }

  /** Parts that renew themselves stand still while somebody wants it, or nobody looks. */
  each('.live', (part) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'btn btn-sm btn-outline-primary live-pause'
    const show = () => {
      const paused = part.hasAttribute('data-paused')
      button.textContent = paused ? part.dataset.resume : part.dataset.pause
    }
    button.addEventListener('click', () => {
      part.toggleAttribute('data-paused')
      show()
    })
    show()
    part.after(button)
  })
  document.addEventListener('htmx:before:request', (event) => {
    if (
      event.target.closest?.('.live[data-paused]') ||
      (document.hidden && event.target.closest?.('.live'))
    )
      event.preventDefault()
  })
  /** What is no part of a page, such as the sign-in, takes no part's place. */
  document.addEventListener('htmx:before:response', (event) => {
    const { raw, status } = event.detail.ctx.response
    if (raw.redirected || status >= 400) event.preventDefault()
  })

  /** A session that is about to end says so, in time to go on with it. */
  const { alive, idleMinutes, warnedMinutes, ending, goOn, over } = document.body.dataset
  if (!alive) return
  let timer
  const box = document.createElement('div')
  box.className = 'session-end'
  box.setAttribute('role', 'alert')
  const text = document.createElement('p')
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'btn btn-primary'
  button.textContent = goOn
  button.addEventListener('click', async () => {
    const answer = await fetch(alive, { method: 'GET', redirect: 'manual' }).catch(() => null)
    if (answer?.ok) {
      box.remove()
      wait()
    } else text.textContent = over
  })
  box.append(text, button)
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        text.textContent = ending
        document.body.append(box)
        timer = setTimeout(() => {
          text.textContent = over
          button.remove()
        }, Number(warnedMinutes) * 60_000)
      },
      (Number(idleMinutes) - Number(warnedMinutes)) * 60_000,
    )
  }
  wait()
})()
