"""The Spanish rules."""

from __future__ import annotations

import re

from agent.dialogue.honesty.grammar import Grammar
from agent.dialogue.honesty.tables import pairs, word_set

_STRONG = """
reservar pedir=pedido cancelar confirmar enviar mandar borrar eliminar pagar transferir apagar encender activar
desactivar añadir agregar guardar programar mover cambiar avisar informar contactar llamar reembolsar
devolver=devuelto cerrar abrir=abierto iniciar arrancar detener bajar subir aumentar bloquear desbloquear comprar
inscribir=inscrito registrar renovar instalar entregar depositar rellenar apuntar crear validar imprimir archivar
tramitar procesar finalizar organizar cobrar facturar alquilar vender suscribir=suscrito dar_de_baja=dado_de_baja
dar_de_alta=dado_de_alta conectar desconectar atenuar restablecer restaurar solicitar retirar arreglar notificar
reenviar despachar aplazar posponer=pospuesto reprogramar agendar actualizar modificar gestionar ordenar contratar
regar limpiar armar desarmar facilitar conseguir quitar encargar ingresar colocar despertar asegurar
"""
_LIGHT = """
hacer=hecho poner=puesto tomar dejar dar=dado encontrar decir=dicho escribir=escrito hablar sacar meter coger
preparar anotar obtener pasar tener=tenido resolver=resuelto marcar
"""
_MILD = """
aprendido leído oído pensado querido intentado dicho hablado sido tenido visto sabido creído conocido vivido podido
imaginado olvidado soñado entrenado diseñado encontrado contado respondido explicado inventado comido echado dormido
jugado mirado esperado estado entendido ido disfrutado equivocado cometido
"""
_STEMS = pairs(
    """
    pedir=pid mover=muev encender=enciend cerrar=cierr devolver=devuelv renovar=renuev detener=detien
    conseguir=consig hacer=hag poner=pong dar= decir=dig tener=teng colgar=cuelg contar=cuent resolver=resuelv
    regar=rieg despertar=despiert
    """
)
_PAST = pairs(
    """
    hacer=hice poner=puse dar=di decir=dije tener=tuve detener=detuve posponer=pospuse conseguir=conseguí
    obtener=obtuve
    """
)


def _forms(listed: str, name: str) -> dict[str, str]:
    did, base, now, past, will, doing, went = [], [], [], [], [], [], []
    for entry in listed.split():
        verb, _, participle = entry.partition("=")
        verb, underscore, rest = verb.partition("_")
        tail = underscore + rest
        root, ending = verb[:-2], verb[-2:]
        perfect = participle or root + ("ado" if ending == "ar" else "ido")
        if tail:
            did.append(perfect)
        else:
            did += [perfect, perfect[:-1] + "a", perfect + "s", perfect[:-1] + "as"]
        base.append(verb + tail)
        base += (
            []
            if tail
            else [verb + "lo", verb + "la", verb + "te", verb + "le", verb + "telo", verb + "los", verb + "las"]
        )
        now.append("" if verb == "crear" else (_STEMS.get(verb, root) + "o" if verb != "dar" else "doy") + tail)
        first = re.sub("c$", "qu", re.sub("g$", "gu", re.sub("z$", "c", root))) + "é" if ending == "ar" else root + "í"
        past.append(_PAST.get(verb, first) + tail)
        will.append(
            {"hacer": "haré", "poner": "pondré", "decir": "diré", "tener": "tendré"}.get(verb, verb + "é") + tail
        )
        doing.append(root + ("ando" if ending == "ar" else "iendo") + tail)
        went.append(root + ("ó" if ending == "ar" else "ió") + tail)
    forms = {"went": went, "did": did, "base": base, "now": now, "past": past, "will": will, "doing": doing}
    return {f"{name}_{form}": " ".join(words) for form, words in forms.items()}


_WORDS = {
    **_forms(_STRONG, "strong"),
    **_forms(_LIGHT, "light"),
    "mild_did": _MILD,
    "thing": """
        alquiler mesa habitación hotel vuelo billete billetes entrada entradas boleto tren taxi pedido reserva
        reservación reservas cita citas pago factura transferencia dinero reembolso suscripción contrato cuenta
        contraseña tarjeta dirección perfil ajustes correo email e-mail mensaje mensajes sms carta llamada
        recordatorio alarma despertador temporizador calendario agenda luz luces lámpara lámparas calefacción
        termostato temperatura aire persianas persiana puerta puertas ventana ventanas garaje cerradura horno café
        cafetera lavadora aspiradora música volumen tele televisión radio paquete envío entrega pizza comida flores
        archivo archivos carpeta fotos copia confirmación cancelación solicitud formulario queja plaza plazas
        asiento asientos lista artículo reunión seguro receta importe cupón inscripción transacción riego compra
        cambio cambios nota coche viaje visita cena suma clase técnico repartidor conductor membresía cerrojo turno
        plan matrícula
    """,
    "who": """
        restaurante hotel conductor casero jefe jefa banco médico doctora doctor dentista clínica taller fontanero
        cocina equipo colega colegas madre padre mujer marido hermano hermana amigo amiga vecino vecina vecinos
        empresa repartidor recepción escuela profesor camarero técnico cliente servicio agencia compañía invitados
        destinatario
    """,
    "me": "yo nosotros",
    "pron": "te le les lo la los las se os me nos",
    "obj": "te le les lo la los las se",
    "your": "tu tus su sus vuestra vuestro nuestra nuestro",
    "the": "el la los las este esta ese esa estos estas esos esas",
    "an": "un una unos unas dos tres cuatro",
    "it": "eso esto todo ello ya",
    "have": "he hemos",
    "has": "ha han has",
    "be": """
        está están es son fue fueron estás estará estarán será serán queda quedan quedó quedaron quedas estaba va
        van
    """,
    "was": "ha_sido han_sido ha_quedado han_quedado has_sido ya_ha_sido",
    "gone": "salió llegó partió funcionó salieron llegaron",
    "stands": "está queda",
    "now": "está están queda es son va",
    "just": "acabo_de acabamos_de termino_de",
    "go": "voy_a vamos_a",
    "let": "déjame déjeme permíteme permítame",
    "doing_be": "estoy estamos soy",
    "owns": "tienes tiene tenéis ya_tienes ya_tiene",
    "modal": """
        fui fuimos puedo puede puedes podemos pueden podría podrías podría debo debe debes debería quiero quieres
        quiere gustaría quisiera quisieras habría hay_que para
    """,
    "not": "no nada nunca jamás ningún ninguna ninguno nadie sin ni imposible tampoco",
    "adv": """
        ahora ya bien también entonces ahora_mismo enseguida inmediatamente justo finalmente recién pronto
        correctamente con_éxito aquí automáticamente por_ti para_ti para_usted como_pediste como_acordamos siempre
        todavía hoy mañana esta_noche de_inmediato de_hecho exitosamente todo en_camino por_fin sí
    """,
    "here_now": "ahora ya ahora_mismo enseguida inmediatamente para_ti de_inmediato",
    "ack": """
        ok vale de_acuerdo sí claro por_supuesto perfecto genial muy_bien bien excelente sin_problema
        no_hay_problema ningún_problema hola gracias y pues entonces bueno entendido claro_que_sí con_gusto
        encantado desde_luego buenas_noticias buena_noticia oh ah venga tranquilo tranquila no_te_preocupes
        no_se_preocupe felicidades estado estupendo fantástico señor ya eh hecho_y muy_bien_hecho bien_hecho anotado
    """,
    "if": """
        si cuando_me cuando_digas cuando_confirmes en_cuanto una_vez_que siempre_que a_menos_que antes_de
        mientras_no imagina imagine suponga supongamos di dime dígame diga cuando_quieras como_si en_caso_de
        cuando_usted hasta_que
    """,
    "when": "cuando mientras después antes porque cómo dónde que",
    "ask": "interrogación",
    "rel": "quien cuál cuáles qué quién cuándo",
    "prep": "para a al de del en sobre con desde hasta hacia",
    "and": "y e",
    "but": "pero porque aunque sino",
    "say": """
        dijiste dijo dicen decías dice pensabas piensas crees creías pregunté preguntaste cuentan contó afirman
        escribiste mencionaste dicho creen
    """,
    "teller": "tú usted él ella gente muchos algunos algún",
    "wish": "ojalá deseo espero sueño soñé imagina",
    "settled": """
        hecho hecha listo lista listos listas arreglado resuelto resuelta terminado terminada en_camino en_marcha
        en_curso organizado completado completada completo completa realizado realizada solucionado exitosa exitoso
        en_orden en_proceso de_camino aprobado aprobada efectuado efectuada concluido concluida en_pausa
    """,
    "bare": "hecho listo arreglado resuelto terminado solucionado ya_está_hecho dicho_y_hecho completado concluido",
    "state": """
        encendida encendido encendidas encendidos apagada apagado apagadas apagados abierta abierto abiertas
        abiertos cerrada cerrado cerradas cerrados bloqueada activa activo activada activado desactivada listo lista
        en_línea puesta puesto tuya tuyo suya suyo vuestra al_día
    """,
    "will_do": """
        ya_estaría está_hecho dalo_por_hecho délo_por_hecho delo_por_hecho dalo_por_resuelto yo_me_encargo
        me_encargo me_ocupo yo_me_ocupo eso_está_hecho marchando voy_con_ello en_ello estoy_en_ello
        enseguida_lo_hago ahora_mismo_lo_hago considéralo_hecho considérelo_hecho ya_lo_hice trato_hecho_y
        listo_y_hecho misión_cumplida déjalo_en_mis_manos déjelo_en_mis_manos lo_hago_ahora lo_hago_enseguida
        quedó_listo
    """,
    "warm": "abrazo abrazos beso besos saludos saludo ánimos disculpas perdón suerte fuerza",
    "day": "lunes martes miércoles jueves viernes sábado domingo mañana",
    "place": "calendario agenda lista carrito bandeja cuenta sistema expediente nombre papelera cesta",
    "ref": """
        número_de_reserva número_de_confirmación número_de_pedido referencia código_de_reserva número_de_seguimiento
        localizador código_de_confirmación
    """,
    "gets": "recibirás recibirá tendrás tendrá encontrarás recibirán",
    "comes": """
        llega llegan llegará llegarán espera pasa pasará sale viene vendrá saldrá sonará irá irán llamará
        llamarán recogerá traerá esperará estará entregará
    """,
    "habit": """
        suelen suele generalmente normalmente siempre cada noche gente muchas muchos menudo habitualmente a_veces
    """,
    "story": """
        érase rey reina príncipe princesa dragón caballero zorro lobo cuento historia novela película libro siglo
        presidente años
    """,
    "words": """
        chiste chistes pregunta preguntas respuesta respuestas palabra palabras frase sentido impresión error falta
        ejemplo idea ideas historia poema tiempo nombre año consejo consejos opinión broma tema culpa
    """,
    "maybe": "quizás quizá tal_vez probablemente",
    "talking": """
        aprendiendo pensando charlando hablando bromeando escuchando esperando leyendo disfrutando viviendo soñando
        deseando siguiendo diciendo
    """,
    "they_just": "acaban_de acaba_de",
    "degree": "muy tan más demasiado algo bastante",
    "by": "por",
}  # fmt: skip

_MACROS = """
    W: ![have has be doing_be modal rel if comma brk but when question not]
    N: ![have has be doing_be modal rel if comma brk but when question not prep and]
    ACK: (ack|adv|comma|brk)*
    NEAR: prep $N{1,4}
    OWN: (your $N{0,3} (thing|who)|your $N{1,2}) ($NEAR){0,3}
    THAT: the $N{0,3} (thing|who) ($NEAR){0,3}
    BE: adv* (be|was) adv*
    THING: (adv|pron)* (your|the|an)? $N{0,3} (thing|who)
"""


_RULES = """
    doer i_did: have adv* strong_did|obj have adv* part|have adv* part (your|the|an) $N{0,2} (thing|who)
    doer i_did_light: have adv* light_did $THING
    doer i_did_it: (it|obj) have adv* (settled|light_did|strong_did) ($|adv)
    doer i_did_past: (me|adv|pron|^|ack) strong_past
    doer i_did_past_light: light_past $THING|pron light_past ($|adv|prep)
    doer g_did: have adv* (part|light_did) adv* (your|the|an) !words
    fact g_who_comes: (the|your) $N{0,2} (thing|who) ($NEAR)? comes (prep|adv|your|pron)
    fact g_it_was_done: obj has adv* (part|strong_did)|^ $ACK obj strong_went|$N{1,2} obj strong_went (adv|prep|$)
    fragment g_short: ^ $ACK $N{1,2} ($NEAR)? (part|settled|strong_did) $
    fragment g_gerund: ^ $ACK (strong_doing|light_doing|gerund) $N{0,3} $
    state g_they_just: they_just (pron|adv)* strong_base
    fact g_thing_at: (the|your) $N{0,2} thing adv* stands adv* prep num
    fact g_that_is: (your|the) $N{0,2} thing ($NEAR){0,2} (was|pron has) adv* (part|strong_did|settled|light_did)
    doer i_told: (^ $ACK|me|adv) light_past prep (your|the) $N{0,1} who
    doer just_did: just adv* (strong_base|light_base $THING)
    promise i_go: go adv* (strong_base|light_base $THING)
    promise i_will: strong_will|light_will $THING
    promise i_do: (me|pron) adv* strong_now | ^ $ACK strong_now $W{0,6} here_now
    promise i_am: doing_be adv* (strong_doing|light_doing $THING)
    promise let_me: let pron* (strong_base|light_base $THING)
    promise you_get: gets $W{0,4} thing
    state yours_is: ($OWN) $BE (strong_did|settled|light_did|part)
    state is_yours: (be|was) adv* (strong_did|part) (your|the) $N{0,3} thing
    state yours_state: ($OWN) $BE state
    state yours_comes: ($OWN) adv* comes
    state you_have: owns adv* (an|num) $N{0,3} thing (prep|adv|part|strong_did)
    state reference: ref (be|brk|the)* code
    fact that_is: ($THAT) $BE (strong_did|settled|light_did|part)
    fact that_state: ($THAT) adv* (now|was) adv* state ($|adv)
    fact that_gone: ($THAT) adv* gone
    fact that_comes: ($THAT) (pron comes|adv* comes (adv|$NEAR|the day))
    fact some_is: an $N{0,3} thing ($NEAR){0,2} (was adv* (strong_did|light_did)|now adv* settled)
    fact it_is: (it|^ $ACK) (be|was) adv* (strong_did|settled) ($|adv|prep)
    fact place: (it|^ $ACK|$OWN|$THAT) adv* now adv* prep (your|the)? $N{0,1} place
    fragment done: ^ $ACK (bare|strong_did) (adv|and|bare|strong_did|$NEAR)* $
    fragment thing_done: ^ $ACK (your|the|an|num)? $N{0,3} thing ($NEAR){0,3} (adv|brk)* (strong_did|settled
        |light_did|state) (adv|$NEAR)* $
    fragment some_done: ^ $ACK $N{1,2} strong_did ($NEAR)? $
    fragment all_done: ^ $ACK it settled $
    fragment there: ^ $ACK stands adv* $
    fragment will_do: ^ $ACK will_do
    fragment tick: tick $W{0,5} thing | thing $W{0,5} tick
"""

_EXCUSES = """
    all near: not
    all clause: if
    all clause: say (when|rel)
    all clause: teller (adv|have|modal|pron)* say
    all clause: wish
    promise,state,fact,fragment before: if
    promise,state,fact after: if
    promise,doer next: ![comma brk]{0,1} not
    state,fact,fragment clause: when|rel
    doer,promise clause: rel|ask & next: ![comma brk but]* question
    promise clause: modal
    promise,state,fact,fragment next: ![comma brk but]* question
    fact sentence: habit|story|year
    fact next: ![comma brk]{0,2} by
    fragment next: by
    fragment sentence: year|degree|words
    promise next: ![comma brk]{0,4} warm
    fragment before: not|modal|rel|say
    doer,promise next: ![comma brk]{0,4} words
    doer,promise,state,fact sentence: maybe
"""

_PART, _GERUND = frozenset({"part"}), frozenset({"gerund"})
_NOUNS = word_set(
    """
    estado lado pasado mercado cuidado pecado partido sentido vestido sonido ruido enfado significado
    soldado
    """
)


def _guess(word: str) -> frozenset[str]:
    if re.fullmatch(r"\w{3,}(?:ando|iendo)", word) and word != "cuando":
        return _GERUND
    return _PART if re.fullmatch(r"\w{3,}(?:ad|id)[oa]s?", word) and word not in _NOUNS else frozenset()


SPANISH = Grammar(
    "es",
    words=_WORDS,
    rewrites=((r"\bvienen? de (?!camino)", "procede de "), (r"¿", ", interrogación "), (r"¡", ", ")),
    guess=_guess,
    guessed=(_PART, _GERUND),
    macros=_MACROS,
    rules=_RULES,
    excuses=_EXCUSES,
)
